-- What every contender works on. Keys are the database's, foreign keys are checked and indexed.
-- Autovacuum would come in the middle of a measurement; each measurement has a database of its own instead.
CREATE TABLE users (
    id bigserial PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE posts (
    id bigserial PRIMARY KEY,
    title text NOT NULL
) WITH (autovacuum_enabled = false);
CREATE TABLE comments (
    id bigserial PRIMARY KEY,
    post_id bigint NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    author_id bigint REFERENCES users (id),
    position integer NOT NULL,
    body text NOT NULL
) WITH (autovacuum_enabled = false);
CREATE INDEX comments_post_id ON comments (post_id);
CREATE INDEX comments_author_id ON comments (author_id);

-- The fixed world as SQLite has it. Its unique indexes have the names of PostgreSQL's; foreign keys have none.
CREATE TABLE users (
  id integer PRIMARY KEY AUTOINCREMENT,
  name text NOT NULL,
  email text NULL
);
CREATE UNIQUE INDEX users_email_index ON users (email);
CREATE TABLE profiles (
  id integer PRIMARY KEY AUTOINCREMENT,
  bio text NULL,
  user_id integer NULL REFERENCES users (id)
);
CREATE TABLE posts (
  id integer PRIMARY KEY AUTOINCREMENT,
  title text NOT NULL,
  body text NULL,
  slug text NULL,
  views integer NOT NULL DEFAULT 0,
  author_id integer NULL REFERENCES users (id),
  settings text NULL,
  links text NOT NULL DEFAULT '[]'
);
CREATE UNIQUE INDEX posts_slug_index ON posts (slug);
CREATE TABLE comments (
  id integer PRIMARY KEY AUTOINCREMENT,
  body text NOT NULL,
  rating integer NULL CONSTRAINT comments_rating_range CHECK (rating BETWEEN 1 AND 5),
  post_id integer NULL REFERENCES posts (id),
  author_id integer NULL REFERENCES users (id)
);
CREATE TABLE tags (
  id integer PRIMARY KEY AUTOINCREMENT,
  name text NOT NULL
);
CREATE UNIQUE INDEX tags_name_index ON tags (name);
CREATE TABLE posts_tags (
  post_id integer NOT NULL REFERENCES posts (id),
  tag_id integer NOT NULL REFERENCES tags (id)
);
CREATE UNIQUE INDEX posts_tags_post_id_tag_id_index ON posts_tags (post_id, tag_id);
CREATE TABLE categories (
  id integer PRIMARY KEY AUTOINCREMENT,
  name text NOT NULL,
  parent_id integer NULL REFERENCES categories (id)
);
CREATE TABLE enrollments (
  id integer PRIMARY KEY AUTOINCREMENT,
  user_id integer NOT NULL REFERENCES users (id),
  tag_id integer NOT NULL REFERENCES tags (id),
  level text NOT NULL DEFAULT 'from_db'
);
CREATE UNIQUE INDEX enrollments_user_id_tag_id_index ON enrollments (user_id, tag_id);
CREATE TABLE documents (
  id integer PRIMARY KEY AUTOINCREMENT,
  title text NOT NULL,
  lock_version integer NOT NULL DEFAULT 1
);
CREATE TABLE samples (
  id integer PRIMARY KEY AUTOINCREMENT,
  int_f integer NULL,
  flag boolean NULL,
  str text NULL,
  ratio real NULL,
  dec text NULL,
  day text NULL,
  at text NULL,
  naive text NULL,
  utc text NULL,
  data text NULL,
  words text NULL,
  nums text NULL,
  uid blob NULL,
  bin blob NULL,
  status text NULL,
  counted integer NOT NULL DEFAULT 7
);

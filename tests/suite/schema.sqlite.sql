CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT,
  CONSTRAINT users_email_key UNIQUE (email)
);
CREATE TABLE profiles (
  id INTEGER PRIMARY KEY,
  bio TEXT NOT NULL,
  user_id INTEGER UNIQUE REFERENCES users (id)
);
CREATE TABLE posts (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  slug TEXT UNIQUE CONSTRAINT posts_slug_length CHECK (length(slug) <= 80),
  body TEXT,
  author_id INTEGER REFERENCES users (id),
  editor_id INTEGER REFERENCES users (id)
);
CREATE TABLE comments (
  id INTEGER PRIMARY KEY,
  body TEXT NOT NULL,
  slug TEXT UNIQUE,
  rating SMALLINT CONSTRAINT comments_rating_range CHECK (rating BETWEEN 1 AND 5),
  post_id INTEGER NOT NULL REFERENCES posts (id),
  author_id INTEGER REFERENCES users (id)
);
CREATE TABLE tags (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);
CREATE TABLE posts_tags (
  post_id INTEGER NOT NULL REFERENCES posts (id),
  tag_id INTEGER NOT NULL REFERENCES tags (id),
  PRIMARY KEY (post_id, tag_id)
);
CREATE TABLE memberships (
  id BLOB PRIMARY KEY,
  role TEXT NOT NULL,
  user_id INTEGER NOT NULL REFERENCES users (id),
  team_id INTEGER NOT NULL,
  inserted_at TEXT NOT NULL,
  UNIQUE (user_id, team_id)
);
CREATE TABLE teams (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
);
CREATE TABLE categories (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  parent_id INTEGER REFERENCES categories (id)
);
CREATE TABLE owners (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  favourite_id INTEGER
);
CREATE TABLE items (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  owner_id INTEGER REFERENCES owners (id)
);

ATTACH DATABASE ':memory:' AS "other ""schema""";
CREATE TABLE "other ""schema"""."select" (
  "id" INTEGER PRIMARY KEY,
  "we""ird" TEXT NOT NULL,
  "type" TEXT DEFAULT 'from the database',
  "from" INTEGER NOT NULL DEFAULT 7,
  "state" TEXT,
  "order" INTEGER REFERENCES "select" ("id"),
  "created" TEXT NOT NULL,
  "modified" TEXT NOT NULL
);
CREATE TABLE drawn (id BLOB PRIMARY KEY DEFAULT (randomblob(16)), name TEXT NOT NULL);
CREATE TABLE coupons (code TEXT PRIMARY KEY, amount INTEGER NOT NULL, drawn_id BLOB REFERENCES drawn (id));
CREATE TABLE words (word TEXT PRIMARY KEY, note TEXT);
CREATE TABLE made (id BLOB PRIMARY KEY, name TEXT NOT NULL, parent_id BLOB REFERENCES made (id));
CREATE TABLE projects (
  tenant_id INTEGER NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL,
  PRIMARY KEY (tenant_id, code)
);
CREATE TABLE tasks (
  tenant_id INTEGER NOT NULL, number INTEGER NOT NULL, title TEXT NOT NULL, project_code TEXT,
  PRIMARY KEY (tenant_id, number),
  FOREIGN KEY (tenant_id, project_code) REFERENCES projects (tenant_id, code)
);
CREATE TABLE labels (tenant_id INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (tenant_id, name));
CREATE TABLE tasks_labels (
  tenant_id INTEGER NOT NULL, number INTEGER NOT NULL, label_tenant_id INTEGER NOT NULL, label TEXT NOT NULL,
  PRIMARY KEY (tenant_id, number, label_tenant_id, label),
  FOREIGN KEY (tenant_id, number) REFERENCES tasks (tenant_id, number),
  FOREIGN KEY (label_tenant_id, label) REFERENCES labels (tenant_id, name)
);

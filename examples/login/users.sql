CREATE TABLE accounts (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, active BOOLEAN NOT NULL);
INSERT INTO accounts (email, name, active) VALUES
  ('alice@example.com', 'Alice', true),
  ('bob@example.com', 'Bob', true),
  ('carol@example.com', 'Carol', false);

CREATE TABLE accounts (id INTEGER PRIMARY KEY, login TEXT NOT NULL UNIQUE, name TEXT NOT NULL, active BOOLEAN NOT NULL);
INSERT INTO accounts (login, name, active) VALUES ('alice', 'Alice', true), ('bob', 'Bob', false);

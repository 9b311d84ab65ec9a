"""The tables, as numbered migrations. Knows nothing else; `chats`, `receipts`, `pair_sets` and `taught_runs` say what
the columns mean.
"""

MIGRATIONS = (
    """
CREATE TABLE chat (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL DEFAULT '',
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL,
  pinned INTEGER NOT NULL DEFAULT 0,
  deleted_at REAL,
  tip INTEGER REFERENCES message(id) ON DELETE SET NULL,
  draft TEXT NOT NULL DEFAULT '',
  instructions TEXT,
  sampling TEXT
);
CREATE TABLE message (
  id INTEGER PRIMARY KEY,
  chat INTEGER NOT NULL REFERENCES chat(id) ON DELETE CASCADE,
  parent INTEGER REFERENCES message(id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
  text TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('done', 'stopped', 'failed', 'writing')),
  created_at REAL NOT NULL
);
CREATE INDEX message_parent ON message(parent);
CREATE INDEX message_chat ON message(chat);
CREATE TABLE turn (
  message INTEGER PRIMARY KEY REFERENCES message(id) ON DELETE CASCADE,
  model TEXT NOT NULL,
  model_sha256 TEXT NOT NULL,
  device TEXT NOT NULL,
  precision TEXT NOT NULL,
  sampling TEXT NOT NULL,
  instructions TEXT NOT NULL,
  seed INTEGER,
  prompt_tokens INTEGER,
  dropped INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  seconds REAL NOT NULL DEFAULT 0
);
CREATE TABLE token (
  message INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  id INTEGER NOT NULL,
  start INTEGER NOT NULL,
  end INTEGER NOT NULL,
  logprob REAL NOT NULL,
  entropy REAL NOT NULL,
  alternatives BLOB NOT NULL,
  PRIMARY KEY (message, position)
) WITHOUT ROWID;
CREATE TABLE piece (
  model_sha256 TEXT NOT NULL,
  id INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (model_sha256, id)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE message_text USING fts5(
  text, content='message', content_rowid='id', tokenize='unicode61 remove_diacritics 2');
CREATE TRIGGER message_search_removed AFTER DELETE ON message BEGIN
  INSERT INTO message_text(message_text, rowid, text)
    SELECT 'delete', old.id, old.text WHERE old.state <> 'writing'; END;
CREATE TRIGGER message_search_written AFTER INSERT ON message WHEN new.state <> 'writing' BEGIN
  INSERT INTO message_text(rowid, text) VALUES (new.id, new.text); END;
CREATE TRIGGER message_search_ended AFTER UPDATE OF state ON message
WHEN old.state = 'writing' AND new.state <> 'writing' BEGIN
  INSERT INTO message_text(rowid, text) VALUES (new.id, new.text); END
""",
    """
CREATE TABLE pair_set (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  title TEXT NOT NULL,
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL,
  deleted_at REAL,
  settings TEXT NOT NULL DEFAULT ''
);
CREATE TABLE pair (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  pair_set INTEGER NOT NULL REFERENCES pair_set(id) ON DELETE CASCADE,
  question TEXT NOT NULL,
  answer TEXT NOT NULL,
  system TEXT NOT NULL DEFAULT '',
  earlier TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT '' CHECK (state IN ('', 'learned', 'half', 'not')),
  recall REAL,
  deleted_at REAL
);
CREATE INDEX pair_of_set ON pair(pair_set, id) WHERE deleted_at IS NULL;
CREATE TABLE pair_draft (
  pair INTEGER PRIMARY KEY REFERENCES pair(id) ON DELETE CASCADE,
  field TEXT NOT NULL CHECK (field IN ('question', 'answer')),
  text TEXT NOT NULL
);
CREATE TABLE taught_run (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  pair_set INTEGER NOT NULL REFERENCES pair_set(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  title TEXT NOT NULL,
  settings TEXT NOT NULL,
  started_at REAL NOT NULL,
  ended_at REAL,
  outcome TEXT NOT NULL DEFAULT '',
  earlier_states TEXT NOT NULL DEFAULT '',
  undone_at REAL
);
CREATE INDEX taught_run_of_set ON taught_run(pair_set, id)
""",
    "ALTER TABLE turn ADD COLUMN cards TEXT NOT NULL DEFAULT '[]'",
)

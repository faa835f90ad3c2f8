-- How SQLite finds the files of a bucket by a part of their title.

-- Lists files under every three characters that follow each other in their titles, under a word of three private
-- characters that stands for their bucket's id, and under the first three characters of their account's id. Where in a
-- title the characters are is not kept, which makes this a quarter of the size; what is found has to be compared with
-- the titles.
CREATE VIRTUAL TABLE file_words USING fts5 (
    bucket, account, title,
    content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'
);

CREATE TRIGGER bucket_files_added AFTER INSERT ON bucket_files BEGIN
    INSERT INTO file_words (rowid, bucket, account, title) VALUES (
        new.id,
        char(0xF0000 + (new.bucket_id & 32767), 0xF0000 + (new.bucket_id >> 15 & 32767),
            0xF0000 + (new.bucket_id >> 30 & 32767)),
        substr(new.account_id || '---', 1, 3),
        new.search_title
    );
END;

CREATE TRIGGER bucket_files_retitled AFTER UPDATE OF bucket_id, search_title ON bucket_files
WHEN new.bucket_id <> old.bucket_id OR new.search_title <> old.search_title BEGIN
    UPDATE file_words SET
        bucket = char(0xF0000 + (new.bucket_id & 32767), 0xF0000 + (new.bucket_id >> 15 & 32767),
            0xF0000 + (new.bucket_id >> 30 & 32767)),
        account = substr(new.account_id || '---', 1, 3),
        title = new.search_title
    WHERE rowid = new.id;
END;

CREATE TRIGGER bucket_files_removed AFTER DELETE ON bucket_files BEGIN
    DELETE FROM file_words WHERE rowid = old.id;
END;

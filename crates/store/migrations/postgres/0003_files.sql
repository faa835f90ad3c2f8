-- How PostgreSQL orders the files of a bucket, and finds them by a part of their title.

-- Titles are ordered by their bytes, as in SQLite, whatever the database's language is.
ALTER TABLE bucket_files ALTER COLUMN search_title TYPE TEXT COLLATE "C";

-- Finds the titles with some text in them. Where the server has no pg_trgm, or this user may not add it, a search reads
-- all titles of a bucket; whoever adds it later makes the index by the second statement.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX bucket_files_by_words ON bucket_files USING gin (search_title gin_trgm_ops);
EXCEPTION
    WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object OR invalid_schema_name THEN
        RAISE NOTICE 'without pg_trgm: %', SQLERRM;
END
$$;

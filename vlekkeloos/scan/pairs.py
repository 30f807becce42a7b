"""GX's conditions about two or more columns of a row, in SQL."""

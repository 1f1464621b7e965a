"""Rows of lists to the columns of the tables, one file a family of lists."""

"""Samples files for `harsanyi run`, made from arrays, tables and images: the command harsanyi-samples."""

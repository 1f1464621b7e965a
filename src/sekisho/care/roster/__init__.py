"""Rosters as hospitals have them: month grids, tables of duties, lists; read as written, then looked up."""

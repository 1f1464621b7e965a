"""Names of makers and products, in Japanese and Latin letters, misspelt or not."""

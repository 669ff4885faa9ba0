"""Making proposals, learning from what was filed, and hearing what people made of them."""

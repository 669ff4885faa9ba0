"""What is done with places, boxes and what lies in them."""

"""What is done to the fetches once all of them are decided; the order is in `passes.PASSES`."""

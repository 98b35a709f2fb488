"""The way of outputs from the kernel to the log: bounded, gathered, kept, sent in order, once."""

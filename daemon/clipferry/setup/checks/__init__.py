"""What ``clipferry doctor`` looks at, one file for each part of the chain."""

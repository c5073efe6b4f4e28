"""Making clipferry known to the browsers of this machine, seeing whether all is well, and taking it away again."""

"""HTTP to the outside: proxies, address guard, connection pools, ranged GETs, retries and limits."""

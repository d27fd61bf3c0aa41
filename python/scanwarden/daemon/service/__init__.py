"""Run scanwarden for good: `scanwarden run`.

What lives here: the parts that run as processes of their own (the service and the firewall helper), who starts them and
starts them again, what is opened before privileges are given up, and what the control interface is answered. What does
not: the loop that reads packets (`daemon.watch`), and the helper's work (`daemon.helper`).
"""

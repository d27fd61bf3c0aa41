"""Serve the page that shows scans and bans to people with a browser.

Here live the page's own process, who may read and change (hosts, token, sessions, rates), one file a page in `pages/`,
its templates, its style sheet and its one script. The page reads the store and asks the running service over its
sockets; it needs no privilege, and what it changes the service may still refuse. What is not here: charts, which
`charts` draws, and words, which come from `language`.
"""

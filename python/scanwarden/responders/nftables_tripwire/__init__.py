"""Let the kernel cut off whoever knocks on closed ports, before the detector has decided.

In the input hook, after address translation, a TCP packet without ACK to a port that nobody listens on adds its
(source, port) pair to a set; only a pair that was not there yet counts, so retries to one port never do. A source with
more new pairs than the rate allows is tripped: its packets that belong to no established connection are dropped before
routing for as long as it goes on. Nothing is counted for published ports, replies, protected sources, or sources that
are acquainted: that sent data over a connection both sides had agreed on, within a day.

UDP is left out: a harmless traceroute touches a dozen closed ports at once. A full set lets packets pass, and
`counters` shows how often.
"""

from scanwarden.responders.nftables_tripwire.ruleset import TripwireRules
from scanwarden.responders.nftables_tripwire.tripwire import NftablesTripwire, TripwireCounts

__all__ = ["NftablesTripwire", "TripwireCounts", "TripwireRules"]

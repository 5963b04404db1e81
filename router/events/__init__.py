"""A broker: publish and subscribe by channel, in process or over Redis, behind one interface.

Entry: `broker.Broker`.  Invariants: messages of one publisher on one channel arrive in order; a subscriber
that does not keep up loses its subscription, never the publisher its time.
"""

"""Real mail servers, scripted ones and realistic mails, for the end-to-end tests and the demo.

`Lab` is the usual way in. Everything runs on loopback, from a private copy of Debian's packages,
in temporary directories, and is gone when the process that started it is gone.
"""
from . import mails
from .certificates import Certificate, Certificates
from .dovecot import Dovecot, Stored
from .lab import DOMAIN, OUTSIDE, PEOPLE, Lab
from .postfix import AUTHSERV, Postfix
from .process import REPOSITORY, free_ports, wait_until

__all__ = ["AUTHSERV", "Certificate", "Certificates", "DOMAIN", "Dovecot", "Lab", "OUTSIDE",
           "PEOPLE", "Postfix", "REPOSITORY", "Stored", "free_ports", "mails", "wait_until"]

"""Runs one of the tutorial's programs, unchanged, against the broker under test.

    python run_program.py PROGRAM [ARGUMENT...]

The program's text stays as it is: what a reader of the tutorial would edit (the host) is replaced from outside, by the
WARREN_TEST_HOST, WARREN_TEST_PORT and WARREN_TEST_VHOST variables. The old pika needs one name that Python 3.10 moved.
"""
import collections
import collections.abc
import os
import runpy
import sys

if not hasattr(collections, "Callable"):
    collections.Callable = collections.abc.Callable

import pika  # noqa: E402  (must come after the line above)

Parameters = pika.ConnectionParameters


def parameters(host=None, **others):
    """The program's connection parameters, with the address of the broker under test."""
    del host
    return Parameters(
        host=os.environ["WARREN_TEST_HOST"],
        port=int(os.environ["WARREN_TEST_PORT"]),
        virtual_host=os.environ["WARREN_TEST_VHOST"],
        **others,
    )


pika.ConnectionParameters = parameters
sys.argv = sys.argv[1:]
# What programs of one folder share is beside them.
sys.path.insert(0, os.path.dirname(os.path.abspath(sys.argv[0])))
runpy.run_path(sys.argv[0], run_name="__main__")

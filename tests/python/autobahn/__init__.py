"""The cases of Autobahn|Testsuite's fuzzing client, chapter by chapter, in the words of this server.

Autobahn sends frames to an echo server and looks at what comes back. Tutti is no echo server, so each case is
translated: what Autobahn expects is said beside what is asserted here. `wire.py` has the frames, `deflate.py` their
compression, `case.py` what a case is and how it runs, `compressed.py` the cases of chapters 12 and 13, each `test_*.py`
one chapter's table, `test_complete.py` the account of all cases, those that are not ported with the reason.
`python -m autobahn` prints the account. The application's protocol is left to the suites beside this folder.
"""

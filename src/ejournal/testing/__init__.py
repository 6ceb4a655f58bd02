"""What the library is tested with, for those who build on it.

- `storage`: the contract of a storage, as tests to be imported and run over one's own store.
- `lockstep`: a state machine that drives two stores alike and compares all they say and keep.
- `strategies`, `identifiers`: Hypothesis strategies for every type of the model.
- `fakes`: a stand-in for every port: mail server, mailbox, identity, exporter, clock.
- `school`: a school year that never was, the same for a seed everywhere, to be played on a store.
- `postbox`: a mail server that answers by the bytes of a message, as lockstep needs it.

A sample school lies in `ejournal.samples`; `ejournal.adapters.memory.MemoryStore` is the store to
test with. This package needs pytest and Hypothesis: `pip install ejournal[testing]`.
"""

# SPDX-License-Identifier: GPL-2.0-only
#
#   make prove      check all models of the protocol, and all proofs of C code; see doc/proof.md.
#                     make check includes a short form

.PHONY: prove

prove:
	@lab/deps --tests || true
	@proof/run

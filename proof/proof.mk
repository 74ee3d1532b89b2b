# SPDX-License-Identifier: GPL-2.0-only
#
#   make prove      the models of the protocol, and the proofs of the engine's code, all of them;
#                     doc/proof.md. A shorter form is part of make check

.PHONY: prove

prove:
	@lab/deps --tests || true
	@proof/run

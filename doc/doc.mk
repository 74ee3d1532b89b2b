# SPDX-License-Identifier: GPL-2.0-only
#
#   make doc        make build/doc/index.html: the documents, the manual pages and the comments
#                     of the headers as HTML, checked for dead links. It is not a part of make
#                     check, because pandoc is large (lab/deps --doc)

.PHONY: doc

doc:
	@lab/deps --doc
	@lab/fetch 6.12
	@doc/html/build

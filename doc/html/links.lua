-- SPDX-License-Identifier: GPL-2.0-only
-- For pandoc: a link to a document or a manual page of the tree leads to its HTML file.
function Link(link)
	if not link.target:match('^%a+:') then
		link.target = link.target:gsub('%.md$', '.html'):gsub('%.md#', '.html#')
			:gsub('(man/[%w_.-]+%.%d)$', '%1.html')
	end
	return link
end

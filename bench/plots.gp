# SPDX-License-Identifier: GPL-2.0-only
# Draws the plots of doc/performance.md. bench/plots sets the variables dir (the directory of the
# data) and kernel.
set terminal svg size 900,420 font 'sans,11' background 'white'
ours = '#1f77b4'
peer = '#d62728'

set output 'doc/performance-size.svg'
set multiplot layout 1, 2 title sprintf('An empty device, kernel %s: instructions for each GiB, by size', kernel)
set logscale x 2
set xlabel 'GiB (blocks of 128 MiB, from 128 GiB on of 2 GiB)'
set ylabel 'millions of instructions for each GiB'
set yrange [0:*]
set key top left
do for [op in 'plug unplug'] {
	set title op
	plot sprintf('%s/%s-peer-small', dir, op) using 1:2 with linespoints linewidth 2 dashtype 2 linecolor rgb peer title 'the kernel''s own', \
		sprintf('%s/%s-peer-large', dir, op) using 1:2 with linespoints linewidth 2 dashtype 2 linecolor rgb peer notitle, \
		sprintf('%s/%s-ours-small', dir, op) using 1:2 with linespoints linewidth 2 linecolor rgb ours title 'daxplug', \
		sprintf('%s/%s-ours-large', dir, op) using 1:2 with linespoints linewidth 2 linecolor rgb ours notitle
}
unset multiplot

set output 'doc/performance-copies.svg'
set multiplot layout 1, 2 title sprintf('Unplug of a device in use, kernel %s: copies for each page in use', kernel)
unset logscale x
set xlabel 'in use, %'
set ylabel 'copies for each page in use'
set xrange [0:100]
set xtics 25
set yrange [0:*]
set key top right
do for [pattern in 'contiguous fragmented'] {
	set title (pattern eq 'contiguous' ? 'laid together' : 'in pieces')
	plot sprintf('%s/%s-peer', dir, pattern) using 1:2 with linespoints linewidth 2 dashtype 2 linecolor rgb peer title 'the kernel''s own', \
		sprintf('%s/%s-ours', dir, pattern) using 1:2 with linespoints linewidth 2 linecolor rgb ours title 'daxplug'
}
unset multiplot

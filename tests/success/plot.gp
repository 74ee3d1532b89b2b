# SPDX-License-Identifier: GPL-2.0-only
# Draws two rows of pictures, with one picture for each kind of memory. The upper row shows how many loads were
# unplugged, the lower row how long this took. The x axis is the part of the device that was filled.
# tests/success/tables sets data, out and kernel. In the file data, each block is a kind. Its columns are
# the kind, the fill in percent, the loads that daxplug and the stock driver unplugged in percent, and the
# milliseconds that daxplug and the stock driver took.
set terminal svg size 1260,520 font 'sans,10' background 'white'
set output out
stats data using 2 nooutput
kinds = STATS_blocks
set multiplot layout 2, kinds title sprintf('Unplugs of 384 MiB on the node of the RAM, kernel %s: above how many succeed, below how long they take', kernel)
set xrange [15:100]
set xtics (25, 50, 75)
set lmargin 7
set rmargin 1
set key off
do for [k = 0:kinds - 1] {
	set title system(sprintf("awk -v RS= -v n=%d 'NR == n { print $1 }' %s", k + 1, data))
	set yrange [-5:105]
	if (k == 0) { set ylabel 'granted, %'; set key bottom left samplen 2 } else { unset ylabel; set key off }
	plot data index k using 2:3 with linespoints linewidth 2 linecolor rgb '#1f77b4' title 'daxplug', \
		data index k using 2:4 with linespoints dashtype 2 linecolor rgb '#d62728' title 'stock'
}
unset title
set key off
set yrange [0:*]
set xlabel 'fill, %'
do for [k = 0:kinds - 1] {
	if (k == 0) { set ylabel 'milliseconds, guest' } else { unset ylabel }
	plot data index k using 2:5 with linespoints linewidth 2 linecolor rgb '#1f77b4', \
		data index k using 2:6 with linespoints dashtype 2 linecolor rgb '#d62728'
}
unset multiplot

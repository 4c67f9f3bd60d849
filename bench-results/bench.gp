set terminal pngcairo noenhanced font ',10' size 1200,0
set output 'bench.png'
set multiplot layout 1,2
unset multiplot

#!/bin/sh
# `unshare -rn test/chaos/lossy-network.sh PORT COMMAND…`: runs the command in a network of its own, whose packets from and to the port are
# lost, two in a hundred. Ends with how many were lost, and fails where nearly none was.
set -eu
port=$1
shift
ip link set lo up mtu 1500
for side in sport dport; do
  iptables -A INPUT -p tcp "--$side" "$port" -m statistic --mode random --probability 0.02 -j DROP
done
"$@"
lost=$(iptables -nvxL INPUT | awk '/statistic/ { lost += $1 } END { print lost + 0 }')
echo "$lost packets were lost"
[ "$lost" -ge 10 ]

-- Asks for the script of one of 100,000 machines by chance; prints the 50th and 99th percentile in microseconds, requests, microseconds, errors.
local nodes = 0
init = function(args)
  nodes = tonumber(args[1])
  math.randomseed(os.time())
end
request = function()
  if nodes == 0 then return wrk.format() end
  local n = math.random(0, nodes - 1)
  local rest = math.floor(n / 4)
  return wrk.format("GET", string.format("/boot/node.ipxe?mac=52:54:%02x:%02x:00:%02x&arch=i386",
    math.floor(rest / 250), rest % 250, n % 4))
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("took %.0f %.0f %.0f %.0f %d\n", latency:percentile(50), latency:percentile(99),
    summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout))
end

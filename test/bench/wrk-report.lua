-- wrk's figures as one line of JSON. With COOKIES_FILE every request carries the next cookie of that file.
local cookies = {}
local at = 0

function init(args)
  local file = os.getenv("COOKIES_FILE")
  if file == nil then return end
  for line in io.lines(file) do cookies[#cookies + 1] = line end
  request = function()
    at = at % #cookies + 1
    wrk.headers["Cookie"] = cookies[at]
    return wrk.format()
  end
end

function done(summary, latency, requests)
  io.write(string.format(
    '\nJSON{"requests":%d,"durationUs":%d,"p50Us":%d,"p99Us":%d,"errors":%d,"bytes":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout,
    summary.bytes))
end

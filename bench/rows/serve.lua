-- What wrk counted, as numbers: bytes that arrived (also of downloads that had not ended), microseconds, errors.
done = function(summary)
  local e = summary.errors
  io.write(string.format("counted %.0f %.0f %d\n", summary.bytes, summary.duration, e.connect + e.read + e.write + e.status))
end

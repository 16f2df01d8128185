-- Asks bouncer before HAProxy lets a request through (HAProxy 2.5 or newer, built with Lua).
--   global:    lua-load-per-thread /etc/haproxy/bouncer.lua
--   frontend:  http-request lua.bouncer http://127.0.0.1:4180/.bouncer/verify
-- Afterwards `txn.bouncer` is `yes`, or the request must not go on. Whatever fails is a no.

-- What bouncer says about who asks: the field of the client goes, and bouncer's comes. Add your identity headers here.
local said = {
  "x-bouncer-jwt-assertion", "x-forwarded-email", "x-forwarded-groups", "x-request-id",
  "cookie", "authorization", "bouncer-client-id", "bouncer-client-secret", "bouncer-token",
}

-- They belong to the client's connection, and not to the question.
local of_connection = {
  ["connection"] = true, ["keep-alive"] = true, ["proxy-connection"] = true, ["te"] = true, ["trailer"] = true,
  ["transfer-encoding"] = true, ["upgrade"] = true, ["content-length"] = true, ["expect"] = true, ["host"] = true,
}

core.register_action("bouncer", { "http-req" }, function(txn, url)
  txn:set_var("txn.bouncer", "no")
  local headers = {}
  for name, values in pairs(txn.http:req_get_headers()) do
    if not of_connection[name] then
      headers[name] = {}
      -- HAProxy counts them from 0.
      for _, value in pairs(values) do
        table.insert(headers[name], value)
      end
    end
  end
  local answer = core.httpclient():get({ url = url, headers = headers })
  if answer == nil or answer.status ~= 200 then
    return
  end
  for _, name in ipairs(said) do
    txn.http:req_del_header(name)
    local values = answer.headers[name]
    local value = values and (values[0] or values[1])
    if value ~= nil and value ~= "" then
      txn.http:req_set_header(name, value)
    end
  end
  txn:set_var("txn.bouncer", "yes")
end, 1)

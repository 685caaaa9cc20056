# shellcheck shell=sh
# private.sh - what of a shared tree is not for everybody on the network: a layer over the
# tree, fetched as layers are, but from the server of this boot alone and with its token.

# What the memory must have room for.
sw_private_expect() {
    sw_layers=$sw_private sw_count=${sw_private:+1} sw_sum=${sw_private##* }
    : "${sw_count:=0}" "${sw_sum:=0}"
}

# Mounted as layer 0; sw_lower has its name in SW_RUN, before that of the tree.
sw_private_mount() {
    [ -n "$sw_private" ] || return 0
    [ -n "$sw_report" ] || sw_fail conf-missing "node.conf does not name the server of this boot, which has the private layer"
    sw_store
    # Other servers know nothing of this boot, and shall not know its token.
    others=$sw_servers
    sw_servers=${sw_report%/*} sw_source=/private/$sw_session sw_bearer=$sw_token sw_label='private layer'
    sw_fetch_layers
    sw_servers=$others sw_source='' sw_bearer='' sw_label=''
    sw_mount_layers
    sw_lower=l/0:lower
}

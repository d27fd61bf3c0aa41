"""Turn the settings of PortSentry, iplog, psad, fail2ban and scanlogd into ours.

One file reads one old format; each hands what it finds to a `Draft`, which writes TOML. Every line of an old file ends
up as a setting or as a remark that says why it has no equal: nothing is dropped in silence. Not here: what the settings
mean (`config` declares them) and anything that acts on them.
"""

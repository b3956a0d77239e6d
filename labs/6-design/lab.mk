# What faces your design; checks/design runs it.
checks: build/explore/explore

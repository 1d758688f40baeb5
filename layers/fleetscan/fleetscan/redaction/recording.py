from fleetscan.model.recording import Recording
def redacted(recordings: list[Recording]) -> list[Recording]:
    return list(recordings)

"""Shop backends: where orders are looked up. One file each; `base` says what all of them must do."""

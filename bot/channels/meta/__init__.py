"""What WhatsApp and Messenger share: Meta's signature, its Graph API with its errors, and what a shop must give for them."""

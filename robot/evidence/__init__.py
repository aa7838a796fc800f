"""What is kept for an auditor: screenshots, texts, receipts, exports."""

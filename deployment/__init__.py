"""What is asked of an AWS account before the product is deployed into it."""

-- The number of an order's caller, for the callback that is due when the shop turns the order down after
-- the call. NULL as soon as the order is placed, the caller has heard of it, or the callback is recorded.
ALTER TABLE orders ADD COLUMN phone TEXT;

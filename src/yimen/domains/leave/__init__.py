"""The leave domain: leave requests, substitutes, outings and overtime (ATTEND 二, 四)."""

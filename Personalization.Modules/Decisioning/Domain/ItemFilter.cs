namespace Personalization.Decisioning.Domain;

/// <summary>
/// What may not be shown in one answer: a set of item numbers that is emptied in no time, by raising the stamp. Reused; one
/// thread at a time.
/// </summary>
internal class ItemFilter
{
    private uint[] _stamps = [];
    private uint _stamp = 1;

    public virtual void Clear()
    {
        if (++_stamp == 0)
        {
            _stamps.AsSpan().Clear();
            _stamp = 1;
        }
    }

    public void Exclude(int item)
    {
        if (item < 0)
        {
            return;
        }

        if (item >= _stamps.Length)
        {
            Array.Resize(ref _stamps, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)item + 1));
        }

        _stamps[item] = _stamp;
    }

    /// <summary>Takes an exclusion back.</summary>
    public void Readmit(int item)
    {
        if (IsExcluded(item))
        {
            _stamps[item] = 0;
        }
    }

    public bool IsExcluded(int item) => (uint)item < (uint)_stamps.Length && _stamps[item] == _stamp;

    public virtual bool Allows(int item) => !IsExcluded(item);
}

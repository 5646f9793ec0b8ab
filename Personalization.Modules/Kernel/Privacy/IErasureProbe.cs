namespace Personalization.Kernel.Privacy;

/// <summary>Watches an erasure pass its steps: tests that end the process in the midst of one. The product has none.</summary>
internal interface IErasureProbe
{
    /// <param name="step">Behind which it is: <c>ordered</c>, <c>log</c>, a store's name, <c>checkpoint</c>, <c>files</c>, <c>receipts</c>.</param>
    void Passed(string step);
}
